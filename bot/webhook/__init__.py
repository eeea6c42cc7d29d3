"""The door to WeChat: what comes in is verified, decrypted and parsed before anything else sees it."""
