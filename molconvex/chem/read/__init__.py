"""Files of molecules, tables and measured values as people have them; the only readers."""
