"""What tests share: brokers, databases, processes, browsers."""
