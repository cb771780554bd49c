import Capabilities
import Credentials
import Namespaces
import ResourceLimits
import Rootfs
import Seccomp

/// Each mechanism without Sandbox: what this process has, and what could be asked for.
@main
struct Mechanisms {
  static func main() throws {
    let namespaces = try NamespaceState(), limits = try ResourceLimitState()
    let here = try CapabilityState().effective.isSubset(of: .all) && CredentialState().user.real == CredentialState().user.real
    let asked = CapabilityPolicy.keeping([.netRaw]).kept == [.netRaw] && SeccompPolicy.standard != .off(because: "a reason")
    let mounts = [Mount.bind("/usr"), .proc]
    print(here && asked, namespaces.numbers.count >= 7, limits[.openFiles].soft > 0, mounts.count)
  }
}
