import JSONValues

extension RouterConfiguration {
    /// Arguments that have no effect here: caches are known from the engines' own events, so nothing is asked of them.
    private static let idleArguments = ["blockSizeToHash", "vllmTokenizerPort", "sglangTokenizerPort"]

    mutating func readArguments(_ value: JSONValue?, _ problems: inout [FieldProblem]) {
        guard let value, !value.isNull else { return }
        guard let list = value.array else {
            return problems.append(.wrongType("scheduler.pluginConfig", value, expected: "array"))
        }
        for (index, entry) in list.enumerated() {
            let path = "scheduler.pluginConfig[\(index)]"
            guard let name = entry["name"]?.string else {
                problems.append(.required("\(path).name"))
                continue
            }
            for (key, argument) in entry["args"]?.object ?? JSONObject() {
                read(argument, key, of: name, at: "\(path).args.\(key)", &problems)
            }
        }
    }

    private mutating func read(
        _ value: JSONValue, _ key: String, of plugin: String, at path: String, _ problems: inout [FieldProblem]
    ) {
        func count(_ field: WritableKeyPath<Arguments, Int>) {
            if let number = value.integer, number > 0 {
                arguments[keyPath: field] = number
            } else {
                problems.append(.invalid(path, value, "must be a whole number from 1"))
            }
        }
        switch (plugin, key) {
        case ("least-request", "maxWaitingRequests"): count(\.maxWaitingRequests)
        case ("least-latency", "TTFTTPOTWeightFactor"):
            if let share = value.double, (0...1).contains(share) {
                arguments.firstTokenWeight = share
            } else {
                problems.append(.invalid(path, value, "must be a number from 0 to 1"))
            }
        case ("prefix-cache", "blockSizeToHash"): count(\.prefixBlockBytes)
        case ("prefix-cache", "maxBlocksToMatch"): count(\.prefixBlocksMax)
        case ("prefix-cache", "maxHashCacheSize"): count(\.prefixHashesMax)
        case ("prefix-cache", "topKMatches"): count(\.prefixMatchesMax)
        case ("kvcache-aware", "maxBlocksToMatch"): count(\.cacheBlocksMax)
        case ("kvcache-aware", _) where Self.idleArguments.contains(key):
            warnings.append(
                "\(path) has no effect: what caches hold is known from the engines' own events, in blocks of "
                    + "their size.")
        default: warnings.append("\(path) is not an argument of \(plugin) and is passed over.")
        }
    }
}
