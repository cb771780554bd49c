package import SandboxPlanning

extension SchedulingPolicy: TableCodable {
  package static var codedDefault: SchedulingPolicy { SchedulingPolicy() }

  package static var fields: [CodedField<SchedulingPolicy>] {
    [
      CodedField("nice", \.nice), CodedField("class", \.schedulingClass), CodedField("cpus", \.cpus),
      CodedField("oomScoreAdjustment", \.oomScoreAdjustment),
    ]
  }
}
