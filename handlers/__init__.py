"""What the bot does with a message and with a case; pure, the outside comes in through `ports`."""
