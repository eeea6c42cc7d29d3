"""Pages that citizens open in WeChat from a link in a message."""
