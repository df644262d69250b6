"""Streamlit pieces that pages are arranged from."""
