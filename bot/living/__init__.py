"""Knowledge that clerks change while the service runs: live in every replica within seconds."""
