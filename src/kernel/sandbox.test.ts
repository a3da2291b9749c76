import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { inNamespaces } from '../testing/index.ts'
import { fakeSandboxes } from './fake-sandbox.ts'
import { createIp } from './ip.ts'
import { ProgramError, run } from './run.ts'
import { createSandboxes, type Sandbox, type Sandboxes } from './sandbox.ts'

// Sandboxes are 10.244.1.2 and fd00:10:244:1::2 and up behind 10.244.1.1.
const sandbox = (number: number): Sandbox => ({
  name: `s${number}`,
  network: {
    addresses: [`10.244.1.${number}`, `fd00:10:244:1::${number}`],
    gateway: '10.244.1.1',
    interface: `veth${number}`,
  },
})

function contract(what: string, create: () => Sandboxes): void {
  test(`${what}: what is created is listed until it is removed [POD-1]`, async () => {
    const sandboxes = create()
    await Promise.all([2, 3, 4].map((number) => sandboxes.create(sandbox(number))))
    await sandboxes.create({ name: 'no-network' })
    const names = async (): Promise<string[]> => (await sandboxes.list()).map(({ name }) => name).toSorted()
    assert.deepEqual(await names(), ['no-network', 's2', 's3', 's4'])
    await sandboxes.remove(['s2', 'no-network', 'never-was'])
    assert.deepEqual(await names(), ['s3', 's4'])
    await sandboxes.remove(['s3', 's4'])
    assert.deepEqual(await sandboxes.list(), [])
  })

  test(`${what}: a sandbox that can't be made leaves nothing behind [OPS-9]`, async () => {
    const sandboxes = create()
    await sandboxes.create(sandbox(2))
    await assert.rejects(sandboxes.create(sandbox(2)))
    await assert.rejects(sandboxes.create({ ...sandbox(3), network: sandbox(2).network! }), ProgramError)
    assert.deepEqual(await sandboxes.list(), [sandbox(2)])
    await sandboxes.remove(['s2'])
  })
}

contract('fake', fakeSandboxes)

inNamespaces(import.meta.filename, ['mount', 'net'], () => {
  contract('kernel', () => createSandboxes('/run/sandboxes', createIp()))

  test('a sandbox reaches the gateway and its neighbours, every packet routed [NET-1]', async () => {
    const sandboxes = createSandboxes('/run/sandboxes', createIp())
    await Promise.all([2, 3].map((number) => sandboxes.create(sandbox(number))))
    const { stdout } = await run('ip', ['-n', 's2', 'route', 'get', '10.244.1.3'])
    assert.match(stdout, /via 10\.244\.1\.1 dev eth0 src 10\.244\.1\.2/)
    assert.match((await run('ip', ['route', 'get', '10.244.1.3'])).stdout, /dev veth3 src 10\.244\.1\.1/)
    await sandboxes.remove(['s2', 's3'])
    assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), /nsfs/)
    assert.equal(existsSync('/run/netns/s2'), false)
  })

  test('over IPv6 too, from the first moment and without asking anybody [NET-1] [SVC-9]', async () => {
    await run('sh', ['-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'])
    const sandboxes = createSandboxes('/run/sandboxes', createIp())
    await Promise.all([2, 3].map((number) => sandboxes.create(sandbox(number))))
    const addresses = (await run('ip', ['-n', 's2', '-6', 'address', 'show', 'dev', 'eth0'])).stdout
    assert.match(addresses, /inet6 fd00:10:244:1::2\/128 scope global nodad/)
    assert.doesNotMatch(addresses, /tentative|fe80/)
    assert.match(
      (await run('ip', ['-n', 's2', 'route', 'get', 'fd00:10:244:1::3'])).stdout,
      /via fe80::1 dev eth0 .*src fd00:10:244:1::2/,
    )
    const listen = "require('net').createServer((s) => s.end('hit')).listen(80, 'fd00:10:244:1::3', () => console.log('there'))"
    const server = spawn('ip', ['netns', 'exec', 's3', process.execPath, '-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] })
    await once(server.stdout, 'data')
    const ask = "require('net').connect(80, 'fd00:10:244:1::3').setEncoding('utf8').on('data', (text) => console.log(text))"
    assert.equal((await run('ip', ['netns', 'exec', 's2', process.execPath, '-e', ask])).stdout, 'hit\n')
    server.kill('SIGKILL')
    await sandboxes.remove(['s2', 's3'])
  })

  test('commands of one moment share a process, and each caller hears of its own failure', async () => {
    const ip = createIp()
    const bad = ip.batch(['link set lo up', 'link set nosuch up'])
    const good = ip.batch(['link add br7 type bridge'])
    await assert.rejects(bad, { message: /link set nosuch up: .*Cannot find device "nosuch"/ })
    await good
    assert.equal((await ip.query(['link', 'show', 'br7'])).length, 1)
  })

  test('a program that is not installed is named with its package', async () => {
    const env = { PATH: '/nowhere' }
    await assert.rejects(run('no-such-program', [], { env }), {
      code: 'ProgramMissing',
      message: 'no-such-program is not installed',
    })
  })
})
