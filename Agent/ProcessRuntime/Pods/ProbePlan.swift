package import JSONValues

/// What a probe is for.
package enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    case startup, readiness, liveness

    /// The field of a container that holds it.
    package var field: String { rawValue + "Probe" }
}

/// One check of a container, or one lifecycle hook.
package enum ProbeCheck: Sendable, Hashable {
    /// A response of 200 to 399 is well. `host` is nil for the pod's own address.
    case http(scheme: String, host: String?, port: Int, path: String, headers: [[String]])
    case tcp(host: String?, port: Int)
    /// Exit status 0 is well.
    case exec([String])
    /// Waits; only lifecycle hooks do.
    case sleep(seconds: Int)

    /// Reads the handler of a probe or hook. `ports` are the container's named ports.
    package init?(_ json: JSONValue, ports: [String: Int]) {
        func port(_ value: JSONValue?) -> Int? { value?.integer ?? value?.string.flatMap { ports[$0] ?? Int($0) } }
        if let get = json["httpGet"], let number = port(get["port"]) {
            let path = get["path"]?.string ?? "/"
            let headers = (get["httpHeaders"]?.elements ?? []).map {
                [$0["name"]?.string ?? "", $0["value"]?.string ?? ""]
            }
            self = .http(
                scheme: (get["scheme"]?.string ?? "HTTP").lowercased(), host: get["host"]?.string, port: number,
                path: path.hasPrefix("/") ? path : "/" + path, headers: headers)
        } else if let socket = json["tcpSocket"], let number = port(socket["port"]) {
            self = .tcp(host: socket["host"]?.string, port: number)
        } else if let command = json[path: "exec", "command"]?.array?.compactMap(\.string), !command.isEmpty {
            self = .exec(command)
        } else if let seconds = json[path: "sleep", "seconds"]?.integer {
            self = .sleep(seconds: seconds)
        } else {
            return nil
        }
    }
}

/// A probe with Kubernetes' defaults filled in.
package struct ProbePlan: Sendable, Hashable {
    package var check: ProbeCheck
    package var initialDelay: Duration
    package var period: Duration
    package var timeout: Duration
    package var successThreshold: Int
    package var failureThreshold: Int
    /// Grace of a stop that this probe causes; nil for the pod's own.
    package var grace: Duration?

    /// Nil when the handler is missing or of a kind that is not known.
    package init?(_ json: JSONValue, ports: [String: Int]) {
        guard let check = ProbeCheck(json, ports: ports) else { return nil }
        func seconds(_ name: String, _ otherwise: Int) -> Duration {
            .seconds(max(0, json[name]?.integer ?? otherwise))
        }
        self.check = check
        initialDelay = seconds("initialDelaySeconds", 0)
        period = max(.seconds(1), seconds("periodSeconds", 10))
        timeout = max(.seconds(1), seconds("timeoutSeconds", 1))
        successThreshold = max(1, json["successThreshold"]?.integer ?? 1)
        failureThreshold = max(1, json["failureThreshold"]?.integer ?? 3)
        grace = json["terminationGracePeriodSeconds"]?.integer.map { .seconds($0) }
    }
}
