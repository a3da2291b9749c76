import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiServerOptions } from '../../src/apiserver/options.ts'
import { createApiServer } from '../../src/apiserver/server.ts'
import { testAuthority } from '../../src/apiserver/testing/certificates.ts'
import { testOptions } from '../../src/apiserver/testing/server.ts'
import { kubectl } from './kubectl.ts'
import type { Release } from './kubectl.ts'

export interface Tried {
  /** What it prints when it succeeds. */
  readonly says: (command: string, expected: RegExp, input?: string) => Promise<string>
  readonly refuses: (command: string, expected: RegExp, input?: string) => Promise<void>
  /** What it prints before it is ended. */
  readonly shows: (command: string, expected: RegExp, begun?: () => Promise<void>) => Promise<string>
  /** The flags of a kubectl that has nothing but a token. */
  readonly bearing: (token: string) => string
  close(): Promise<void>
}

/** A kubectl and an API server of its own, of which it is the administrator. */
export async function tryKubectl(release: Release, options: Partial<ApiServerOptions> = {}): Promise<Tried> {
  const authority = await testAuthority()
  const server = await createApiServer(testOptions(options))
  const tls = { ...(await authority.server()), clientAuthority: authority.certificate }
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 }, tls)
  const client = await authority.client('CN=kubernetes-admin, O=system:masters')
  const run = await kubectl(release, { port, authority: authority.certificate, client })
  const folder = mkdtempSync(join(tmpdir(), 'portolan-authority-'))
  const authorityFile = join(folder, 'ca.crt')
  writeFileSync(authorityFile, authority.certificate)
  return {
    bearing: (token) =>
      `--kubeconfig=/dev/null --server=https://127.0.0.1:${port} --certificate-authority=${authorityFile} --token=${token}`,
    says: async (command, expected, input) => {
      const { code, out, error } = await run(command, input)
      assert.equal(code, 0, error)
      assert.match(out, expected)
      return out
    },
    refuses: async (command, expected, input) => {
      const { code, error } = await run(command, input)
      assert.notEqual(code, 0)
      assert.match(error, expected)
    },
    shows: (...asked) => run.until(...asked),
    close: async () => {
      rmSync(folder, { recursive: true })
      await server.close()
    },
  }
}
