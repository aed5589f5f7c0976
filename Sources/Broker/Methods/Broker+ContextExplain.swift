internal import BuildContext
internal import ContextExplanation
internal import DockerEngine
internal import Dockerfile
internal import EventLoop
internal import JSONRPC
internal import SwiftDockProtocol

extension Broker {
  /// `context.explain`: looks at the context as a build would read it, and answers with what makes it large.
  func explain(_ params: ContextExplain.Params, _ call: Call) throws(RPCError) -> Answer<ContextExplain.Result> {
    let files = params.files
    let input = try input(files.context, of: call)
    let interrupt: Interrupt
    do throws(EngineError) { interrupt = try Interrupt() } catch {
      throw RPCError(error, endpoint: engine.state.endpoint)
    }
    let isClassic = (params.builder == .auto ? engine.state.builder : params.builder) == .classic
    let options = ResolutionOptions(
      builder: isClassic ? .classic : .buildKit, target: params.target,
      buildArgs: Dictionary(params.buildArgs.map { ($0.name, $0.value) }) { _, last in last })
    let reader = contextReader
    let (session, request) = (call.session.id, call.id)
    call.session.pending[request] = .digest(interrupt)
    (input.isReceived ? receivers : readers).run { [self] in
      let result: Result<ContextExplain.Result, RPCError>
      do throws(RPCError) {
        let explanation = try reader.explanation(
          of: input, dockerfile: files.dockerfile, text: files.dockerfileText,
          walker: isClassic ? .classic : .buildKit, options, interrupt: interrupt)
        result = .success(ContextExplain.Result(explanation))
      } catch { result = .failure(error) }
      onLoop { $0.answerReading(request, session, interrupt, result) }
    }
    return .later
  }
}

extension ContextReader {
  /// Blocks: walks a tree, or takes an archive in. As for `snapshot`.
  fileprivate func explanation(
    of input: ContextInput, dockerfile: String, text: String?, walker: ContextWalker, _ options: ResolutionOptions,
    interrupt: Interrupt
  ) throws(RPCError) -> Explanation {
    let source = try source(input, dockerfile, text.map { Array($0.utf8) }, walker, interrupt)
    do throws(ExplanationError) {
      return try Explanation(of: source, options, interrupted: { interrupt.isFired })
    } catch {
      switch error {
      case .dockerfile(let error, let path):
        let problem = DockerfileFacts.Problem(
          feature: nil, message: error.description, lines: error.line.map { $0...$0 })
        throw RPCError(problem, kind: .dockerfileInvalid, path: path)
      case .context(let error):
        guard case .path(let root) = input else { throw RPCError(error) }
        throw RPCError(error, root: root)
      }
    }
  }
}
