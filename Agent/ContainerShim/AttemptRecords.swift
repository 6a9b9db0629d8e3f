package import JSONValues
package import KubernetesAPI

/// `process.json`: the processes of a running attempt.
package struct ProcessRecord: Sendable, Hashable {
    package var shim: ProcessIdentity
    package var program: ProcessIdentity
    package var startedAt: Timestamp

    package init(shim: ProcessIdentity, program: ProcessIdentity, startedAt: Timestamp) {
        self.shim = shim
        self.program = program
        self.startedAt = startedAt
    }

    package init?(_ json: JSONValue) {
        guard let shim = json["shim"].flatMap(ProcessIdentity.init),
            let program = json["program"].flatMap(ProcessIdentity.init),
            let startedAt = json["startedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(shim: shim, program: program, startedAt: startedAt)
    }

    package var json: JSONValue {
        ["shim": shim.json, "program": program.json, "startedAt": .string(startedAt.microText)]
    }
}

/// `exit.json`: how an attempt ended.
package struct ExitRecord: Sendable, Hashable {
    /// The exit status, or 128 + signal, as a shell counts.
    package var code: Int
    /// The signal that ended the program, if one did.
    package var signal: Int?
    /// One CamelCase word: Completed, Error, StartError, ContainerStatusUnknown.
    package var reason: String
    /// One sentence where the reason needs one.
    package var message: String?
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp

    package init(
        code: Int, signal: Int? = nil, reason: String, message: String? = nil, startedAt: Timestamp?,
        finishedAt: Timestamp
    ) {
        self.code = code
        self.signal = signal
        self.reason = reason
        self.message = message
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }

    package init?(_ json: JSONValue) {
        guard let code = json["code"]?.integer, let reason = json["reason"]?.string,
            let finishedAt = json["finishedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(
            code: code, signal: json["signal"]?.integer, reason: reason, message: json["message"]?.string,
            startedAt: json["startedAt"]?.string.flatMap { Timestamp($0) }, finishedAt: finishedAt)
    }

    package var json: JSONValue {
        .members([
            "code": JSONValue(code), "signal": signal.map { JSONValue($0) }, "reason": .string(reason),
            "message": message.map { .string($0) }, "startedAt": startedAt.map { .string($0.microText) },
            "finishedAt": .string(finishedAt.microText),
        ])
    }
}
