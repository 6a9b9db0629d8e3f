extension ModelServer {
    private static let modelCharactersMax = 256

    /// Every rule this object breaks, in the order of its fields.
    package var problems: [FieldProblem] {
        var problems: [FieldProblem] = []
        if let model, model.count > Self.modelCharactersMax {
            problems.append(.tooLong("spec.model", bytesMax: Self.modelCharactersMax))
        }
        let path = "spec.workloadSelector"
        if workloadSelector.matchLabels.isEmpty {
            problems.append(.required("\(path).matchLabels", "at least one label, else every pod would be selected"))
        }
        problems += Validation.problems(labels: workloadSelector.matchLabels, at: "\(path).matchLabels")
        if let group = workloadSelector.pdGroup { problems += ModelServer.problems(of: group, at: "\(path).pdGroup") }
        return problems
    }

    private static func problems(of group: WorkloadSelector.PDGroup, at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if group.groupKey.isEmpty {
            problems.append(.required("\(path).groupKey", "the label whose equal values pair prefill with decode pods"))
        }
        for (name, labels) in [("prefillLabels", group.prefillLabels), ("decodeLabels", group.decodeLabels)] {
            if labels.isEmpty { problems.append(.required("\(path).\(name)", "at least one label")) }
            problems += Validation.problems(labels: labels, at: "\(path).\(name)")
        }
        return problems
    }
}
