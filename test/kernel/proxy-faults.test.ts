/** What goes wrong around the proxy: the table is right again afterwards, and connections that needed no change live on. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { endpointSlices, services } from '../../src/api/index.ts'
import { createNft, type Nft, NftError } from '../../src/kernel/index.ts'
import { type Clock, systemClock } from '../../src/lib/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, proxyNetwork, service, service6, sh, slice, TIMED_OUT } from './proxy-network.ts'
import { assertTableIsRight } from './proxy-table.ts'

let waits = 0
/** As the machine's, but waits are short, and counted. */
const hasty: Clock = {
  ...systemClock,
  sleep(wait, signal) {
    waits++
    return systemClock.sleep(Math.min(wait, 20), signal)
  },
}

/** One connection to a Service that says something a few milliseconds after each answer, which it prints, until it is told to be quiet. */
const TALKER = `
const s = require('net').connect(9000, '10.96.0.9'), say = () => s.write('x')
let quiet = false
s.on('connect', say)
s.on('data', (d) => { console.log(String(d)); if (quiet) console.log('quiet'); else setTimeout(say, 5) })
process.stdin.on('data', (word) => { quiet = String(word) === 'quiet'; if (!quiet) say() })
s.on('close', () => process.exit(1))`
const LISTENER = `require('net').createServer((s) => s.on('data', (d) => s.write('pod-a'))).listen(9000, () => console.log('up'))`

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const real = createNft()
  let faults: (() => void)[] = []
  /** The real nft, with what goes wrong in front of it. */
  const nft: Nft = { ...real, run: async (script, signal) => (faults.shift()?.(), real.run(script, signal)) }
  const network = proxyNetwork({ nft, clock: hasty })
  const { caches, put, put6 } = network
  const children: ChildProcess[] = []
  let heard = 0
  let isQuiet = false

  test('a connection is opened that lives through all of this', async () => {
    const inside = (pod: string, program: string): ChildProcess => {
      const child = spawn('ip', ['netns', 'exec', pod, process.execPath, '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
      children.push(child)
      return child
    }
    const listener = inside('pod-a', LISTENER)
    await new Promise((resolve) => listener.stdout!.once('data', resolve))
    put(service('talk', '10.96.0.9', { ports: [{ port: 9000, protocol: 'TCP', nodePort: 30009 }], type: 'NodePort' }), [])
    caches.put(endpointSlices, { ...slice('talk', ['pod-a']), ports: [{ name: '', protocol: 'TCP', port: 9000 }] })
    put(service('kubia', '10.96.0.10'), ['pod-a', 'pod-c'])
    put6(service6('six', 'fd00:10:96::a'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.10'), /^pod-/))
    await eventually(() => assertTableIsRight(caches, 'ip6'))
    const talker = inside('pod-b', TALKER)
    createInterface(talker.stdout!).on('line', (line) => (line === 'quiet' ? (isQuiet = true) : void heard++))
    await eventually(() => assert.ok(heard > 0))
  })
  const stillTalks = async (): Promise<void> => {
    const before = heard
    await eventually(() => assert.ok(heard > before + 3))
    assert.equal(children.at(-1)!.exitCode, null)
  }
  const everythingIsRight = async (): Promise<void> => {
    await eventually(() => assertTableIsRight(caches))
    await eventually(() => assertTableIsRight(caches, 'ip6'))
    await stillTalks()
  }

  for (const [what, command] of [
    ['flushed', 'flush table ip portolan-proxy'],
    ['deleted', 'delete table ip portolan-proxy'],
    ['deleted with everything else', 'flush ruleset'],
    ['bereft of its elements', 'flush map ip portolan-proxy service-ips'],
    ['bereft of its elements for IPv6', 'flush map ip6 portolan-proxy service-ips'],
    ['bereft of a chain', 'flush chain ip portolan-proxy nat-prerouting'],
  ] as const) {
    test(`a table that somebody has ${what} is mended without any change of a Service [NET-11]`, async () => {
      // Without any NAT chain the kernel lets answers on their way pass as they are, and the client resets what it doesn't know.
      isQuiet = false
      children.at(-1)!.stdin!.write('quiet')
      await eventually(() => assert.ok(isQuiet))
      sh(`nft '${command}'`)
      await eventually(() => assertTableIsRight(caches))
      children.at(-1)!.stdin!.write('go')
      await everythingIsRight()
      assert.match(await curl('pod-b', 'http://10.96.0.10'), /^pod-/)
    })
  }

  test('nothing is written while nobody changes anything', async () => {
    network.written()
    sh('nft add table ip others') // somebody else's, so the proxy's is written once more
    await eventually(() => assert.ok(network.written() > 0))
    const before = waits
    await eventually(() => assert.ok(waits > before + 10, 'the proxy looks'))
    assert.equal(network.written(), 0)
  })

  test('an nft that fails before, or after it has done its work, is tried again [NET-11]', async () => {
    const fail = (): never => {
      throw new NftError('Could not process rule: Cannot allocate memory')
    }
    faults = [fail, fail, fail]
    put(service('kubia', '10.96.0.10'), ['pod-c'])
    await everythingIsRight()
    assert.deepEqual(faults, [])
    faults = [() => sh('nft delete table ip portolan-proxy')] // the change finds no table
    put(service('kubia', '10.96.0.10'), ['pod-b'])
    await everythingIsRight()
    assert.match(await curl('pod-a', 'http://10.96.0.10'), /^pod-b/)
  })

  test('slices with 1,000 endpoints and with none [NET-11] [EPS-2]', async () => {
    const endpoints = Array.from({ length: 1000 }, (_, i) => ({
      addresses: [i === 0 ? '10.244.0.2' : `10.245.${i >> 8}.${i & 255}`],
      conditions: { ready: true },
    }))
    const crowd = (some: typeof endpoints): void => {
      caches.put(services, service('crowd', '10.96.0.20'))
      caches.put(endpointSlices, { ...slice('crowd', []), endpoints: some })
    }
    crowd(endpoints)
    await everythingIsRight()
    crowd([])
    await everythingIsRight()
    crowd(endpoints.slice(0, 1))
    await everythingIsRight()
    assert.match(await curl('pod-b', 'http://10.96.0.20'), /^pod-a/)
  })

  test('endpoints where nothing may be sent are left out [EPS-4]', async () => {
    caches.put(services, service('odd', '10.96.0.21'))
    const addresses = ['127.0.0.1', '169.254.169.254', '224.0.0.1', '0.0.0.0', '10.244.0.2']
    caches.put(endpointSlices, {
      ...slice('odd', []),
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    })
    await eventually(async () => assert.deepEqual(await network.answers('pod-b', 'http://10.96.0.21', 20), new Set(['pod-a'])))
  })

  test('a thousand Services changed at once, twice [NET-11]', async () => {
    for (const pod of ['pod-a', 'pod-c'] as const) {
      for (let i = 0; i < 1000; i++) put(service(`many-${i}`, `10.97.${i >> 8}.${i & 255}`), i % 3 ? [pod] : [])
      await everythingIsRight()
      assert.match(await curl('pod-b', 'http://10.97.3.230'), new RegExp(pod))
    }
    for (let i = 0; i < 1000; i++) {
      caches.remove(services, `default/many-${i}`)
      caches.remove(endpointSlices, `default/many-${i}-1`)
    }
    await everythingIsRight()
    assert.equal(await curl('pod-b', 'http://10.97.3.230'), TIMED_OUT)
  })

  test('two Services with allow lists for one address: the first by name has it, and nft takes both [NET-5]', async () => {
    const guarded = (name: string, ip: string, ranges: string[], pods: ['pod-a'] | ['pod-c']): void =>
      put(
        {
          ...service(name, ip, { type: 'LoadBalancer', loadBalancerSourceRanges: ranges }),
          status: { loadBalancer: { ingress: [{ ip: '192.168.1.66' }] } },
        },
        pods,
      )
    guarded('guarded-b', '10.96.0.31', ['10.0.0.0/8'], ['pod-c'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://192.168.1.66'), /^pod-c/))
    guarded('guarded-a', '10.96.0.30', ['10.1.0.0/16', '192.168.0.0/16'], ['pod-a'])
    await eventually(async () => assert.match(await curl('outside', 'http://192.168.1.66'), /^pod-a/))
    assert.equal(await curl('pod-b', 'http://192.168.1.66'), TIMED_OUT)
    await everythingIsRight()
    caches.remove(services, 'default/guarded-a')
    await eventually(async () => assert.match(await curl('pod-b', 'http://192.168.1.66'), /^pod-c/))
    await everythingIsRight()
    caches.remove(services, 'default/guarded-b')
  })

  test('a proxy that is killed in the middle of what it writes leaves nothing wrong to the next one [NET-11]', async () => {
    network.stop()
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [`${import.meta.dirname}/proxy-victim.ts`], { stdio: ['ignore', 'pipe', 'inherit'] })
      await new Promise((resolve) => child.stdout.once('data', resolve))
      await delay(round * 7) // somewhere in a cold sync and the changes after it
      child.kill('SIGKILL')
      await new Promise((resolve) => child.once('exit', resolve))
      await stillTalks()
    }
    assert.match(sh('nft list table ip portolan-proxy'), /10\.98\.0\./, 'a victim has written something')
    await network.restart()
    await everythingIsRight()
    assert.match(await curl('outside', `http://${NODE_IP}:30009`), /./)
  })

  test('all that was started ends', () => {
    for (const child of children) child.kill('SIGKILL')
  })
})
