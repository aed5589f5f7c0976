/// `build.detach`: the build's life depends on no connection any more.
package enum BuildDetach: ProtocolMethod {
  package static let name = "build.detach"
  package typealias Params = BuildGet.Params
  package typealias Result = Build
}
