package import SandboxPlanning

/// The sets have OCI's names and form.
extension CapabilityPolicy: TableCodable {
  package static var codedDefault: CapabilityPolicy { CapabilityPolicy() }

  package static var fields: [CodedField<CapabilityPolicy>] {
    sets.map { CodedField($0.name, $0.property) } + [
      CodedField("secureBits", \.secureBits), CodedField("reason", \.reason),
    ]
  }
}
