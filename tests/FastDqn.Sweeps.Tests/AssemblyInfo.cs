// The tests start shells, PostgreSQL and Slurm.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
