//! The one file that uses rustls-pemfile: strict reading and writing of PEM.
