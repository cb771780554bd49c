import Sandbox
import SandboxPlanning
let plan = try Sandbox().plan(for: .init("/bin/true"))
print(plan.encodedBytes.count)
