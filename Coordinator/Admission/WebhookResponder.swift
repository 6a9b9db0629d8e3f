import HTTPTypes
import Hummingbird
import JSONValues
import KubernetesClient
import Logging
import NIOCore

/// The HTTP face of the webhooks: `/healthz`, and a POST of an AdmissionReview to each endpoint.
struct WebhookResponder: HTTPResponder, Sendable {
    /// The API server sends two objects of at most 3 MiB each with little around them; a larger body is refused (413).
    static let bodyBytesMax = 8 << 20

    let timeout: Duration
    let metrics: WebhookMetrics
    let logger: Logger

    private static let endpoints = Dictionary(uniqueKeysWithValues: WebhookEndpoint.all.map { ($0.path, $0) })

    private struct Refusal: Error {
        var status: HTTPResponse.Status
        var sentence: String
    }

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        if request.uri.path == "/healthz" { return Self.text("ok", .ok) }
        guard let endpoint = Self.endpoints[request.uri.path] else {
            return Self.text("There is no webhook at this path", .notFound)
        }
        let start = ContinuousClock.now
        let response: Response
        do {
            response = try await answer(request, endpoint)
        } catch let refusal as Refusal {
            logger.warning(
                "Refused a webhook request",
                metadata: [
                    "path": "\(endpoint.path)", "status": "\(refusal.status.code)", "err": "\(refusal.sentence)",
                ])
            response = Self.text(refusal.sentence, refusal.status)
        }
        metrics.answered(endpoint.path, status: response.status.code, after: ContinuousClock.now - start)
        return response
    }

    private func answer(_ request: Request, _ endpoint: WebhookEndpoint) async throws -> Response {
        guard request.method == .post else {
            throw Refusal(status: .methodNotAllowed, sentence: "Webhooks are called with POST")
        }
        let body = try await body(of: request)
        let review: AdmissionReview
        do throws(AdmissionReview.Malformed) {
            review = try AdmissionReview(body: body)
        } catch {
            throw Refusal(status: .badRequest, sentence: error.description)
        }
        let (json, outcome) = review.answer(for: endpoint)
        metrics.reviewed(endpoint, operation: review.operation, outcome)
        logger.debug(
            "Answered an admission review",
            metadata: [
                "path": "\(endpoint.path)", "object": "\(review.subject)", "operation": "\(review.operation)",
                "outcome": "\(outcome.rawValue)",
            ])
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes())))
    }

    private func body(of request: Request) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.bodyBytesMax {
            throw Self.tooLarge
        }
        let late = Refusal(status: .requestTimeout, sentence: "The body did not arrive within \(timeout)")
        do {
            return try await withTimeout(timeout, throwing: late) {
                Array(try await request.body.collect(upTo: Self.bodyBytesMax).readableBytesView)
            }
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge
        }
    }

    private static var tooLarge: Refusal {
        Refusal(status: .contentTooLarge, sentence: "The body is larger than \(bodyBytesMax) bytes")
    }

    private static func text(_ text: String, _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}
