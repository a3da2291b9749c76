/** One long-running process of the bubble. */
export interface Service {
  readonly name: string
  /** Program and arguments. */
  readonly command: readonly string[]
  /** Whether it is given what the host handed down: a socket and the way back to the host's network. */
  readonly descriptors: boolean
}
