import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

export type NamespaceKind = 'net' | 'mount' | 'pid' | 'ipc' | 'uts'

const INSIDE = 'PORTOLAN_TEST_INSIDE'
/** Milliseconds after which tests that hang are ended, with everything in their namespaces. */
const TIMEOUT = 120_000

/**
 * Runs the tests that `define` declares inside namespaces of their own: the test file `file` is started once more by
 * unshare(1), so that nothing it does to the kernel is seen outside. Needs root; without it the file fails, loudly.
 *
 * In the mount namespace /run is an empty tmpfs; in the network namespace lo is up.
 */
export function inNamespaces(file: string, kinds: readonly NamespaceKind[], define: () => void): void {
  if (process.env[INSIDE] === file) {
    define()
    return
  }
  test(`${file.slice(file.lastIndexOf('/') + 1)} in namespaces of its own: ${kinds.join(', ')}`, () => {
    const flags = kinds.map((kind) => `--${kind}`)
    const pid = kinds.includes('pid') ? ['--fork', '--kill-child', '--mount-proc'] : []
    const setUp = [
      kinds.includes('net') ? 'ip link set lo up' : ':',
      kinds.includes('mount') ? 'mount -t tmpfs tmpfs /run && mkdir /run/netns' : ':',
    ]
    const script = `${setUp.join(' && ')} && "$0" "$@"`
    const command = [
      '--propagation',
      'private',
      ...flags,
      ...pid,
      'sh',
      '-c',
      script,
      process.execPath,
      ...process.execArgv,
      '--test-reporter=spec',
      file,
    ]
    const propagation = kinds.includes('mount') ? command : command.slice(2)
    const env: Record<string, string | undefined> = { ...process.env, [INSIDE]: file }
    delete env['NODE_TEST_CONTEXT']
    const { status, stdout, stderr } = spawnSync('unshare', propagation, {
      env,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      timeout: TIMEOUT,
      killSignal: 'SIGKILL',
    })
    if (status !== 0) throw new Error(`the tests inside failed:\n${stdout}\n${stderr}`)
    if (!/^ℹ tests [1-9]/m.test(stdout)) throw new Error(`no test ran inside:\n${stdout}\n${stderr}`)
  })
}
