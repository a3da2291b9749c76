import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Identity } from '../../src/apiserver/testing/certificates.ts'
import { kubectlPath, type Release } from '../../tools/kubectl.ts'

export { RELEASES, type Release } from '../../tools/kubectl.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs `kubectl …words`, with a manifest on its standard input when one is given. */
export type Kubectl = (command: string, input?: string) => Promise<Ran>

export interface KubectlOptions {
  readonly port: number
  readonly authority: string
  readonly client: Identity
}

/** A kubectl of its own: configuration, home and caches are in a folder that goes with the process. */
export async function kubectl(release: Release, { port, authority, client }: KubectlOptions): Promise<Kubectl> {
  const binary = await kubectlPath(release)
  const home = mkdtempSync(join(tmpdir(), 'portolan-kubectl-'))
  process.on('exit', () => rmSync(home, { recursive: true, force: true }))
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority) } },
    ],
    users: [
      { name: 'test', user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) } },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  writeFileSync(join(home, 'config'), JSON.stringify(config))
  const env = { HOME: home, KUBECONFIG: join(home, 'config'), PATH: process.env['PATH'] }
  return (command, input) =>
    new Promise((resolve) => {
      const done = (failure: unknown, out: string, error: string): void =>
        resolve({ code: (failure as { code?: number } | null)?.code ?? 0, out, error })
      const child = execFile(binary, command.split(' '), { env, timeout: 30_000 }, done)
      child.stdin?.end(input)
    })
}
