"""The Streamlit app: package `app` in a checkout, `molconvex._app` when installed; so imports are relative."""
