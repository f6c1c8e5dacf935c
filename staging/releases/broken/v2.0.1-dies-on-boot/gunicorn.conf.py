"""How gunicorn serves the shop inside the container."""

bind = "0.0.0.0:8000"
workers = 2
threads = 4
worker_class = "gthread"
worker_tmp_dir = "/dev/shm"
timeout = 30
graceful_timeout = 10
control_socket_disable = True
logconfig = "logging.ini"
accesslog = "-"
errorlog = "-"
