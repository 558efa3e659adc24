"""Fine-tuning at a service: files are uploaded, a job is started there and waited for. Nothing is trained here."""
