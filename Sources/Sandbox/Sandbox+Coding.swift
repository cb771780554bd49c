internal import SandboxPlanning

/// A policy's coded form: a key a part, an absent key means the default, `{}` is the closed box. Durations are written
/// `"10s"`, sizes `"256MiB"`. An unknown key is an error that names the nearest right one.
extension Sandbox: TableCodable {
  package static var codedDefault: Sandbox { Sandbox() }

  package static var fields: [CodedField<Sandbox>] {
    [
      CodedField("namespaces", \.namespaces), CodedField("filesystem", \.filesystem),
      CodedField("credentials", \.credentials), CodedField("capabilities", \.capabilities), CodedField("limits", \.limits),
      CodedField("scheduling", \.scheduling),
      CodedField("filter", \.filter),
      CodedField(
        "deadline", \.deadline, to: { $0?.text },
        from: { text in
          guard let text else { return nil }
          guard let duration = Duration(text: text) else {
            throw CodedValueError("\"\(text)\" is no duration; write it as \"10s\" (ns, us, ms, s, m, h)")
          }
          return duration
        }),
    ]
  }
}
