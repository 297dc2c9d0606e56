"""From the folders of finished runs to small files, figures and the tables of the README."""
