"""Tests, by kind; unit/ mirrors the packages."""
