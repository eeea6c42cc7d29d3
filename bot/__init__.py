"""Everything that touches the world: HTTP, WeChat, SQL, Redis, the console, the command line."""
