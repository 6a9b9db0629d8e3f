import JSONValues
import KubernetesAPI
import Logging
import NIOHTTP1

/// How requests are made: limits, retries, and what an answer means.
extension KubernetesClient {
    func perform(_ request: Request) async throws -> JSONValue {
        let policy = RetryPolicy(isIdempotent: request.isIdempotent, canRenew: transport.canRenewCredential)
        var attempt = 1
        while true {
            var retryAfter: Duration?
            let failure: any Error
            metrics.waited(request, for: try await limiter.admit())
            let start = ContinuousClock.now
            do {
                let answer = try await transport.send(request)
                metrics.answered(request, status: answer.status, after: ContinuousClock.now - start)
                if (200...299).contains(answer.status) { return try json(of: answer, to: request) }
                let status = status(of: answer)
                retryAfter = answer.retryAfter ?? status.retryAfter
                failure = status
            } catch {
                try Task.checkCancellation()
                metrics.failed(request)
                failure = error
            }
            let delay = policy.delay(
                after: failure, attempt: attempt, retryAfter: retryAfter, random: Double.random(in: 0..<1))
            guard let delay else { throw failure }
            logger.debug(
                "Request failed, trying again",
                metadata: [
                    "method": "\(request.method)", "path": "\(request.path)", "attempt": "\(attempt)",
                    "error": "\(failure)", "delay": "\(delay)",
                ])
            metrics.retried(request, after: failure)
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    private func json(of answer: Answer, to request: Request) throws -> JSONValue {
        do {
            return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
        } catch {
            throw TransportError(
                "\(transport.server) answered \(request.method) \(request.path) with what is not JSON: \(error)",
                fate: .refused)
        }
    }

    /// The status an answer carries, or one made of its HTTP status where it carries none.
    func status(of answer: Answer) -> APIStatus {
        if let json = try? JSONValue.parse(answer.body), var status = APIStatus(json) {
            if status.code == 0 { status.code = answer.status }
            return status
        }
        return APIStatus(
            code: answer.status, reason: APIStatus.Reason(httpStatus: answer.status),
            message: "\(transport.server) answered with HTTP status \(answer.status)")
    }

    func path(
        _ kind: ResourceKind, _ namespace: String, _ name: String? = nil, _ subresource: String? = nil
    ) -> String {
        kind.path(namespace: Request.escape(namespace), name: name.map(Request.escape), subresource: subresource)
    }

    static func selectors(_ label: String?, _ field: String?) -> [(name: String, value: String)] {
        [("labelSelector", label), ("fieldSelector", field)].compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : (name, $0) }
        }
    }

    /// An item of a list, which does not repeat its kind.
    static func item(_ json: JSONValue, of kind: ResourceKind) -> KubernetesObject {
        var json = json
        if json["kind"] == nil { json["kind"] = .string(kind.kind) }
        if json["apiVersion"] == nil { json["apiVersion"] = .string(kind.apiVersion) }
        return KubernetesObject(json)
    }
}

extension APIStatus {
    /// When the server wants to be asked again, where it says so in the status.
    fileprivate var retryAfter: Duration? {
        details?["retryAfterSeconds"]?.integer.flatMap { $0 > 0 ? .seconds($0) : nil }
    }
}

extension APIStatus.Reason {
    /// The reason that goes with an HTTP status when the server gave none.
    init(httpStatus: Int) {
        self =
            switch httpStatus {
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 409: .conflict
            case 410: .gone
            case 413: .requestEntityTooLarge
            case 415: .unsupportedMediaType
            case 422: .invalid
            case 429: .tooManyRequests
            case 500: .internalError
            case 503: .serviceUnavailable
            case 504: .timeout
            default: .unknown
            }
    }
}
