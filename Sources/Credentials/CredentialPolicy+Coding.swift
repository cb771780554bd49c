package import SandboxPlanning

extension CredentialPolicy: TableCodable {
  package static var codedDefault: CredentialPolicy { CredentialPolicy() }

  package static var fields: [CodedField<CredentialPolicy>] {
    [
      CodedField("user", \.user), CodedField("group", \.group), CodedField("groups", \.groups),
      CodedField("keepsCurrent", \.keepsCurrent),
      CodedField(
        "umask", \.umask, to: { "0" + String($0, radix: 8) },
        from: { text in
          guard let mask = UInt32(octal: text) else { throw CodedValueError("\"\(text)\" is no octal number, as \"022\"") }
          return mask
        }),
    ]
  }
}
