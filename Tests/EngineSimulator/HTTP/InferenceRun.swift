import HTTPTypes
import Hummingbird
import JSONValues
import NIOCore

/// One inference request while the engine works on it.
struct InferenceRun: Sendable {
    let form: ReplyForm
    let ids: [Int]
    let outputs: AsyncStream<SequenceOutput>
    let responder: EngineResponder
    let channel: any Channel

    private var engine: EngineService { responder.simulated.engine }

    /// From here to `end` the engine's part ends when the client goes away.
    private func begin() {
        responder.load.begin()
        let (engine, ids) = (engine, ids)
        responder.disconnects.beginWatch(channel) {
            // Owned by the connection: it ends as soon as the engine has heard it.
            Task { for id in ids { await engine.abort(id) } }
        }
    }

    private func end() {
        responder.disconnects.endWatch(channel)
        responder.load.end()
    }

    // MARK: In one piece

    func whole() async throws -> Response {
        begin()
        defer { end() }
        var progress = Progress(form: form, ids: ids)
        for await output in outputs {
            guard output.finish != .error else { throw APIError.internal }
            if let ended = progress.add(output).endedEarly { await engine.abort(ended) }
        }
        let transfer = responder.transferObject(progress.choices.first?.lent)
        return EngineResponder.json(form.reply(progress.choices, transfer: transfer))
    }

    // MARK: Piece by piece

    func streamed() -> Response {
        let body = ResponseBody { writer in
            begin()
            defer { end() }
            var progress = Progress(form: form, ids: ids)
            var isOpen = false
            do {
                for await output in outputs {
                    if !isOpen, let opening = form.opening() { try await writer.write(Self.event(opening)) }
                    isOpen = true
                    let step = progress.add(output)
                    if let chunk = step.chunk { try await writer.write(Self.event(chunk)) }
                    if let ended = step.endedEarly { await engine.abort(ended) }
                    if output.finish == .error { try await writer.write(Self.event(APIError.internal.body)) }
                }
                if let closing = form.closing(progress.choices) { try await writer.write(Self.event(closing)) }
                try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
            } catch {
                for id in ids { await engine.abort(id) }
                throw error
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8"], body: body)
    }

    private static func event(_ value: JSONValue) -> ByteBuffer {
        var bytes = Array("data: ".utf8)
        value.write(into: &bytes)
        bytes += [0x0A, 0x0A]
        return ByteBuffer(bytes: bytes)
    }

    /// What has come of each choice.
    private struct Progress {
        let form: ReplyForm
        let positions: [Int: Int]
        var choices: [ReplyForm.Choice]
        var finders: [StopFinder]

        init(form: ReplyForm, ids: [Int]) {
            self.form = form
            positions = Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
            choices = [ReplyForm.Choice](repeating: ReplyForm.Choice(), count: ids.count)
            finders = [StopFinder](repeating: StopFinder(stops: form.call.stops), count: ids.count)
        }

        /// The chunk a stream shows of it, and the request to abort when a stop string ended the choice.
        mutating func add(_ output: SequenceOutput) -> (chunk: JSONValue?, endedEarly: Int?) {
            guard let index = positions[output.id], choices[index].finish == nil, let token = output.token else {
                return (nil, nil)
            }
            choices[index].tokens.append(token)
            choices[index].cachedTokens = output.cachedTokens
            choices[index].finish = output.finish
            choices[index].lent = output.lent
            var (text, stop) = finders[index].add(token)
            if let stop {
                choices[index].finish = .stop
                choices[index].stop = stop
            } else if output.finish != nil {
                text += finders[index].rest()
            }
            choices[index].text += text
            let made = choices.reduce(0) { $0 + $1.tokens.count }
            let chunk = form.piece(index, text: text, token: token, choice: choices[index], made: made)
            return (chunk, stop != nil && output.finish == nil ? output.id : nil)
        }
    }
}
