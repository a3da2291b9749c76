import type { Conntrack, Flow } from './conntrack.ts'

/** A connection table that is a list. */
export function fakeConntrack(flows: readonly Flow[] = []): Conntrack & { readonly flows: readonly Flow[] } {
  let kept = flows
  const like = (a: Flow, b: Flow): boolean => JSON.stringify(a) === JSON.stringify(b)
  return {
    get flows() {
      return kept
    },
    list: async (protocol, family) =>
      kept.filter((flow) => flow.protocol === protocol && flow.to.address.includes(':') === (family === 'ip6')),
    remove: async (removed) => void (kept = kept.filter((flow) => !removed.some((one) => like(one, flow)))),
  }
}
