"""The station: reads devices, decides on credentials, keeps events until they are committed."""
