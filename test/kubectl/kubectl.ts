import { execFile, spawn } from 'node:child_process'
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

export interface Kubectl {
  /** Runs `kubectl …words`, with a manifest on its standard input when one is given. */
  (command: string, input?: string): Promise<Ran>
  /**
   * Runs it until it has printed what is expected, and ends it; `begun` is called when it has printed anything. Rejects
   * with what it said when it ends before.
   */
  readonly until: (command: string, expected: RegExp, begun?: () => Promise<void>) => Promise<string>
}

/** What `kubectl edit` does in place of a person. */
const EDITOR = 'sed -i s/unedited/edited/'

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
  const env = { HOME: home, KUBECONFIG: join(home, 'config'), PATH: process.env['PATH'], KUBE_EDITOR: EDITOR }
  const run = (command: string, input?: string): Promise<Ran> =>
    new Promise((resolve) => {
      const done = (failure: unknown, out: string, error: string): void =>
        resolve({ code: (failure as { code?: number } | null)?.code ?? 0, out, error })
      const child = execFile(binary, command.split(' '), { env, timeout: 30_000 }, done)
      child.stdin?.end(input)
    })
  const until: Kubectl['until'] = (command, expected, begun) =>
    new Promise((resolve, reject) => {
      let said = ''
      const child = spawn(binary, command.split(' '), { env, timeout: 30_000 })
      const hear = (piece: Buffer): void => {
        if (said === '') begun?.().catch(reject)
        said += piece.toString()
        if (!expected.test(said)) return
        resolve(said)
        child.kill()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      child.once('close', () => reject(new Error(`kubectl ${command} said only: ${said}`)))
    })
  return Object.assign(run, { until })
}
