"""MQTT in: decode, one transaction, acknowledge."""
