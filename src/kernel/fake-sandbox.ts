import { ProgramError } from './run.ts'
import type { Sandbox, Sandboxes } from './sandbox.ts'

/** Sandboxes of nothing but names. */
export function fakeSandboxes(): Sandboxes {
  const sandboxes = new Map<string, Sandbox>()
  return {
    async create(sandbox) {
      const taken = [...sandboxes.values()].some(
        ({ name, network }) => name === sandbox.name || (network && network.interface === sandbox.network?.interface),
      )
      if (taken) throw new ProgramError('unshare', 'File exists')
      sandboxes.set(sandbox.name, sandbox)
    },
    async remove(names) {
      for (const name of names) sandboxes.delete(name)
    },
    list: async () => [...sandboxes.values()],
  }
}
