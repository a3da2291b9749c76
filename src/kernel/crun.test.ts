import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { eventually, inNamespaces } from '../testing/index.ts'
import type { ContainerOptions, Containers, ContainerState } from './container.ts'
import { createCrun } from './crun.ts'
import { fakeContainers } from './fake-container.ts'
import { run } from './run.ts'

const FOLDER = '/run/containers'

const MOUNTS = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
  { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['newinstance', 'ptmxmode=0666'] },
]
const base = (args: readonly string[]): object => ({ args, env: ['PATH=/usr/bin:/bin'], cwd: '/', user: { uid: 0, gid: 0 } })
const configOf = (args: readonly string[]): Record<string, unknown> => ({
  ociVersion: '1.0.2',
  process: base(args),
  mounts: MOUNTS,
  linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
})

type Stdin = ContainerOptions['stdin']
const start = (containers: Containers, id: string, args: readonly string[], stdin: Stdin = 'null'): Promise<ContainerState> => {
  const config = { ...configOf(args), process: { ...base(args), terminal: stdin === 'terminal' } }
  return containers.start({ id, folder: `${FOLDER}/${id}`, config, layers: ['/'], log: `${FOLDER}/${id}.log`, stdin })
}

function contract(what: string, containers: Containers): void {
  const folder = (id: string): string => `${FOLDER}/${id}`

  test(`${what}: a program runs until it ends, and how it ended stays known [POD-4]`, async () => {
    assert.equal((await start(containers, 'false', ['false'])).state !== 'starting', true)
    const ended = await containers.ended(folder('false'))
    assert.equal(ended.exitCode, 1)
    assert.equal(ended.error, '')
    assert.ok(ended.startedAt! <= ended.finishedAt)
    assert.deepEqual(await containers.inspect(folder('false')), ended)
    await containers.remove(folder('false'))
    assert.equal(await containers.inspect(folder('false')), undefined)
  })

  test(`${what}: a first process ignores SIGTERM unless it handles it, and never SIGKILL [POD-4]`, async () => {
    assert.equal((await start(containers, 'sleep', ['sleep', '1000'])).state, 'running')
    await containers.kill(folder('sleep'), 'SIGTERM')
    assert.equal((await containers.inspect(folder('sleep')))?.state, 'running')
    await containers.kill(folder('sleep'), 'SIGKILL')
    assert.equal((await containers.ended(folder('sleep'))).exitCode, 137)
    await containers.kill(folder('sleep'), 'SIGKILL')
    await containers.remove(folder('sleep'))
  })

  test(`${what}: a program that isn't there has an error instead of a start [POD-4]`, async () => {
    const state = await start(containers, 'none', ['nosuch'])
    assert.ok(state.state === 'exited' && state.startedAt === undefined)
    assert.match(state.error, /^exec: "nosuch": executable file not found in \$PATH$/)
    await containers.remove(folder('none'))
  })

  test(`${what}: a folder is used once, and removing what runs ends it [OPS-9]`, async () => {
    await start(containers, 'twice', ['sleep', '1000'])
    await assert.rejects(start(containers, 'twice', ['false']), { code: 'EEXIST' })
    await containers.remove(folder('twice'))
    await containers.remove(folder('twice'))
    assert.equal(await containers.inspect(folder('twice')), undefined)
  })
}

contract('fake', fakeContainers({ false: async () => 1, sleep: () => new Promise(() => {}) }))

inNamespaces(import.meta.filename, ['pid', 'mount', 'net'], () => {
  const crun = createCrun('/run/crun')

  test('a place for containers', async () => {
    await run('mount', ['-t', 'cgroup2', 'none', '/sys/fs/cgroup'])
    await mkdir(FOLDER)
  })

  contract('crun', crun)

  test('exec runs beside the program, with its own streams and exit code [POD-5]', async () => {
    await start(crun, 'exec', ['sleep', '1000'])
    const execution = crun.exec('exec', { command: ['sh', '-c', 'cat; echo bad >&2; exit 5'] })
    execution.stdin.end('hello')
    assert.deepEqual(await Promise.all([text(execution.stdout), text(execution.stderr!), execution.ended]), ['hello', 'bad\n', 5])
    await crun.remove(`${FOLDER}/exec`)
  })

  test('a terminal is typed at, has a size, and outlives whoever typed [POD-4] [POD-5]', async () => {
    const script =
      'tty; until [ "$(stty size)" = "30 100" ]; do sleep 0.01; done; read first; read second; echo $first $second; exit 3'
    await start(crun, 'terminal', ['sh', '-c', script], 'terminal')
    const said = async (): Promise<string> => (await readFile(`${FOLDER}/terminal.log`, 'utf8')).replaceAll('\r', '')
    await eventually(async () => assert.match(await said(), /^\/dev\/pts\/0$/m))
    await writeFile(`${FOLDER}/terminal/stdin`, 'one\n')
    await crun.resize(`${FOLDER}/terminal`, 100, 30)
    await writeFile(`${FOLDER}/terminal/stdin`, 'two\n')
    assert.equal((await crun.ended(`${FOLDER}/terminal`)).exitCode, 3)
    assert.match(await said(), /^one two$/m)
    await crun.resize(`${FOLDER}/terminal`, 80, 25)
    await crun.remove(`${FOLDER}/terminal`)
  })

  test('exec runs as the program runs, and says what could not be started [POD-4] [POD-5]', async () => {
    const process = { user: { uid: 1000, gid: 1001, additionalGids: [1002] }, cwd: '/tmp' }
    const config = { ...configOf(['sleep', '1000']), process: { ...base(['sleep', '1000']), ...process } }
    await crun.start({ id: 'user', folder: `${FOLDER}/user`, config, layers: ['/'], log: `${FOLDER}/user.log`, stdin: 'null' })
    const execution = crun.exec('user', { command: ['sh', '-c', 'id -u; id -G; pwd'] })
    assert.equal(await text(execution.stdout), '1000\n1001 1002\n/tmp\n')
    const missing = (program: string): Promise<number> => crun.exec('user', { command: [program] }).ended
    await assert.rejects(missing('nosuch'), { message: 'exec: "nosuch": executable file not found in $PATH' })
    await assert.rejects(missing('/no/such'), { message: 'exec: "/no/such": stat /no/such: no such file or directory' })
    await assert.rejects(missing('/etc/passwd'), { message: 'exec: "/etc/passwd": permission denied' })
    assert.equal(await crun.exec('user', { command: ['sh', '-c', 'exit 255'] }).ended, 255)
    await crun.remove(`${FOLDER}/user`)
  })

  test('exec that is given up leaves no process behind [POD-4] [POD-5]', async () => {
    await start(crun, 'given-up', ['sleep', '1000'])
    const sleepers = async (): Promise<number> =>
      Number(await text(crun.exec('given-up', { command: ['sh', '-c', 'grep -lz 4711 /proc/[0-9]*/cmdline | wc -l'] }).stdout))
    for (const tty of [false, true]) {
      const patience = new AbortController()
      const execution = crun.exec('given-up', { command: ['sleep', '4711'], tty }, patience.signal)
      execution.stdout.on('error', () => {})
      // The one that counts has the number among its words, too.
      await eventually(async () => assert.equal(await sleepers(), 2 + 1))
      patience.abort()
      await assert.rejects(execution.ended)
      await eventually(async () => assert.equal(await sleepers(), 2))
    }
    await crun.remove(`${FOLDER}/given-up`)
  })

  test('exec with a terminal has one, of the size that is asked for [POD-5]', async () => {
    await start(crun, 'tty', ['sleep', '1000'])
    // crun passes the size on when the program runs already.
    const script = 'read line; until stty size | grep "33 100"; do sleep 0.01; done; exit 4'
    const execution = crun.exec('tty', { command: ['sh', '-c', script], tty: true })
    execution.resize(100, 33)
    execution.stdin.write('go\n')
    assert.match(await text(execution.stdout), /33 100/)
    assert.equal(await execution.ended, 4)
    await crun.remove(`${FOLDER}/tty`)
  })

  test('standard input stays open until it is closed [POD-5]', async () => {
    await start(crun, 'cat', ['cat'], 'pipe')
    await run('sh', ['-c', `echo one >${FOLDER}/cat/stdin; echo two >${FOLDER}/cat/stdin`])
    await crun.closeStdin(`${FOLDER}/cat`)
    assert.equal((await crun.ended(`${FOLDER}/cat`)).exitCode, 0)
    assert.equal(await readFile(`${FOLDER}/cat.log`, 'utf8'), 'one\ntwo\n')
    await crun.remove(`${FOLDER}/cat`)
  })

  test('another one takes over what runs [POD-1]', async () => {
    await start(crun, 'old', ['sleep', '1000'])
    const later = createCrun('/run/crun')
    assert.equal((await later.inspect(`${FOLDER}/old`))?.state, 'running')
    const ended = later.ended(`${FOLDER}/old`)
    await later.kill(`${FOLDER}/old`, 'SIGKILL')
    assert.equal((await ended).exitCode, 137)
    await later.remove(`${FOLDER}/old`)
    assert.doesNotMatch(await readFile('/proc/mounts', 'utf8'), /overlay/)
  })
})
