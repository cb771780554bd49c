// What a user of `import Sandbox` needs of the mechanisms.
@_exported public import Capabilities
@_exported public import Credentials
@_exported public import Namespaces
@_exported public import ResourceLimits
@_exported public import Rootfs
@_exported public import SandboxPlanning
@_exported public import Seccomp
