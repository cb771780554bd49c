/// What a /proc and a /sys tell about the host, whatever the namespaces.
enum HostInformation {
  /// Covered by an empty file or directory, where the kernel has them.
  static let masked = [
    "acpi", "asound", "config.gz", "interrupts", "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount",
    "kpageflags", "latency_stats", "modules", "sched_debug", "scsi", "slabinfo", "timer_list", "timer_stats",
    "vmallocinfo", "zoneinfo", "pagetypeinfo", "iomem", "ioports", "driver", "firmware",
  ]

  /// Which of these are directories.
  static let directories: Set<String> = ["acpi", "asound", "scsi", "driver", "firmware"]

  /// Of a sysfs: the firmware's tables, and what it left for the system, keys perhaps.
  static let maskedOfSysfs = ["firmware"]

  /// Readable, since programs look there, and nothing can be written: sysctls (core_pattern among them), sysrq-trigger, triggers of pressure stall information.
  static let readOnly = ["bus", "fs", "irq", "sys", "sysrq-trigger", "mtrr", "dynamic_debug", "pressure"]
}
