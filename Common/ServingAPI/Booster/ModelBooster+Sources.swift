import JSONValues

extension ModelBooster {
    private static let modelSchemes = ["hf", "s3", "obs", "pvc", "ms"]
    private static let cacheSchemes = ["hostpath", "pvc"]

    /// The rules about where the model comes from and where it is kept.
    func sourceProblems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        guard let model = Self.parts(of: backend.modelURI), Self.modelSchemes.contains(model.scheme) else {
            return [
                .invalid(
                    "\(path).modelURI", .string(backend.modelURI),
                    "must begin with hf://, s3://, obs://, pvc:// or ms:// and name a model")
            ]
        }
        let cache = Self.parts(of: backend.cacheURI)
        if !backend.cacheURI.isEmpty, cache.map({ !Self.cacheSchemes.contains($0.scheme) }) ?? true {
            problems.append(
                .invalid(
                    "\(path).cacheURI", .string(backend.cacheURI),
                    "must begin with hostpath:// or pvc:// and name a place"))
        }
        if model.scheme == "pvc" { problems += claimProblems(model.rest, cache, at: path) }
        return problems
    }

    /// A model that lies on a claim is read in place, so the cache has to be that claim.
    private func claimProblems(
        _ model: Substring, _ cache: (scheme: String, rest: Substring)?, at path: String
    ) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        let segments = model.split(separator: "/")
        if segments.contains("..") {
            problems.append(.invalid("\(path).modelURI", .string(backend.modelURI), "must not contain '..' segments"))
        }
        guard let cache, cache.scheme == "pvc" else {
            problems.append(
                .invalid(
                    "\(path).cacheURI", .string(backend.cacheURI), "must be a pvc:// address where modelURI is one"))
            return problems
        }
        let claim = cache.rest.drop { $0 == "/" }
        if claim.isEmpty || claim.contains("/") {
            problems.append(
                .invalid(
                    "\(path).cacheURI", .string(backend.cacheURI), "must name a claim alone, without '/' in its name"))
        } else if let first = segments.first, first != claim {
            problems.append(
                .invalid(
                    "\(path).modelURI", .string(backend.modelURI),
                    "must lie on the claim of cacheURI: begin with pvc://\(claim)/"))
        }
        return problems
    }

    /// The scheme and what follows `://`; nil where one of them is missing.
    private static func parts(of uri: String) -> (scheme: String, rest: Substring)? {
        guard let range = uri.firstRange(of: "://") else { return nil }
        let rest = uri[range.upperBound...]
        return rest.isEmpty ? nil : (String(uri[..<range.lowerBound]), rest)
    }
}
