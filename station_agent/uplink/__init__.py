"""What to send, resend and forget; and MQTT around it."""
