import JSONValues
import KubernetesAPI

/// A limit beside a route's own: for each user or API key, or for long prompts.
package struct ScopedRateLimit: Sendable, Hashable {
    /// Whose requests share the limit's tokens.
    package enum Scope: String, Sendable, CaseIterable { case model, user, apiKey }

    package var scope: Scope
    /// Only requests with at least this many prompt tokens count; 0 for all.
    package var promptTokensFrom: Int
    package var limit: RateLimit

    init(_ reader: FieldReader) throws(FieldProblem) {
        scope = try reader.member("scope")?.oneOf(Scope.self) ?? .model
        promptTokensFrom = try reader.member("promptTokensFrom")?.integer() ?? 0
        limit = try RateLimit(reader)
    }
}

extension ModelRoute {
    private static let scopedLimitsMax = 16

    /// The limits of the annotation `martlet.dev/token-limits`, a JSON list of
    /// `{"scope", "inputTokensPerUnit", "outputTokensPerUnit", "unit", "promptTokensFrom"}`.
    package var scopedLimits: [ScopedRateLimit] {
        get throws(FieldProblem) {
            guard let reader = annotation(Keys.Annotation.tokenLimits) else { return [] }
            let elements = try reader.elements()
            guard elements.count <= Self.scopedLimitsMax else {
                throw .tooMany(reader.path, elements.count, max: Self.scopedLimitsMax)
            }
            var limits: [ScopedRateLimit] = []
            for element in elements { limits.append(try ScopedRateLimit(element)) }
            return limits
        }
    }

    /// The longest prompt, in estimated tokens, of the annotation `martlet.dev/prompt-tokens-max`.
    package var promptTokensMax: Int? {
        get throws(FieldProblem) {
            guard let reader = annotation(Keys.Annotation.promptTokensMax) else { return nil }
            let tokens = try reader.integer()
            guard tokens > 0 else { throw .invalid(reader.path, reader.json, "must be 1 or more") }
            return tokens
        }
    }

    /// An annotation's text as JSON; text that is none stays text.
    private func annotation(_ key: String) -> FieldReader? {
        guard let text = object.json[path: "metadata", "annotations", key]?.string else { return nil }
        let json = (try? JSONValue.parse(text)) ?? .string(text)
        return FieldReader(json: json, path: "metadata.annotations[\(key)]")
    }

    /// What is wrong with the annotations; at most one fault of each.
    var annotationProblems: [FieldProblem] {
        var problems: [FieldProblem] = []
        do {
            for (index, scoped) in try scopedLimits.enumerated() {
                let path = "metadata.annotations[\(Keys.Annotation.tokenLimits)][\(index)]"
                problems += Self.problems(of: scoped.limit, at: path)
            }
        } catch {
            problems.append(error)
        }
        do { _ = try promptTokensMax } catch { problems.append(error) }
        return problems
    }
}
