/** How Go's `internal/abi` lays out what it knows about types, on 64-bit machines. */
const KIND = { pointer: 22, map: 21, slice: 23, string: 24, struct: 25, bool: 1, float64: 14, uint8: 8 } as const
const NAMED = 4
const UNCOMMON = 1
const TYPE_SIZE = 48
const STRUCT_SIZE = 80

export interface GoType {
  readonly kind: keyof typeof KIND | 'integer'
  /** `k8s.io/api/core/v1.Service`; empty for types without a name. */
  readonly name: string
  readonly element?: GoType
  readonly fields: readonly GoField[]
}

export interface GoField {
  readonly name: string
  readonly tag: string
  readonly type: GoType
}

interface Section {
  readonly address: number
  readonly offset: number
  readonly size: number
}

/** The struct types of a Go program (ELF, 64 bits, linked statically), found by looking at its read-only data. */
export class GoProgram {
  readonly #file: Buffer
  readonly #data: Section
  /** Names of types are offsets from here. */
  readonly #base: number
  readonly #byName = new Map<string, number>()

  constructor(file: Buffer) {
    this.#file = file
    this.#data = sectionOf(file, '.rodata')
    const structs = [...this.#candidates()]
    this.#base = this.#findBase(structs)
    for (const address of structs) this.#byName.set(this.#nameOf(address), address)
  }

  /** Undefined when the program has no struct of that name. */
  struct(name: string): GoType | undefined {
    const address = this.#byName.get(name)
    return address === undefined ? undefined : this.#type(address)
  }

  /** Addresses of whatever looks like the description of a struct with tagged fields. */
  *#candidates(): Generator<number> {
    const { address, size } = this.#data
    for (let at = address; at < address + size - STRUCT_SIZE; at += 8) {
      if ((this.#byte(at + 23) & 31) !== KIND.struct || !(this.#byte(at + 20) & NAMED)) continue
      const fields = this.#word(at + 56)
      const count = this.#word(at + 64)
      if (count < 1 || count > 200 || count !== this.#word(at + 72) || !this.#holds(fields, count * 24)) continue
      if (this.#holds(this.#word(fields), 8) && this.#tagged(fields, count)) yield at
    }
  }

  #tagged(fields: number, count: number): boolean {
    return Array.from({ length: count }, (_, index) => this.#word(fields + index * 24)).some(
      (name) => this.#holds(name, 8) && this.#readName(name).tag.includes('protobuf:"'),
    )
  }

  /** Where a type of known fields must find its known name. */
  #findBase(structs: readonly number[]): number {
    const known = structs.find(
      (at) => this.#fieldNames(at).join() === 'Name,Protocol,AppProtocol,Port,TargetPort,NodePort' && this.#word(at) > 0,
    )
    if (known === undefined) throw new Error('this program does not know ServicePort')
    const text = Buffer.from('*v1.ServicePort')
    const { offset, address, size } = this.#data
    for (let at = this.#file.indexOf(text, offset); at > 0 && at < offset + size; at = this.#file.indexOf(text, at + 1)) {
      const base = address + (at - 2 - offset) - this.#file.readInt32LE(this.#at(known + 40))
      if (base % 32 === 0 && this.#file[at - 1] === text.length) return base
    }
    throw new Error('the names of types are not where they should be')
  }

  #fieldNames(address: number): string[] {
    return Array.from(
      { length: this.#word(address + 64) },
      (_, index) => this.#readName(this.#word(this.#word(address + 56) + index * 24)).name,
    )
  }

  #nameOf(address: number): string {
    if (!(this.#byte(address + 20) & NAMED)) return ''
    const short = this.#readName(this.#base + this.#file.readInt32LE(this.#at(address + 40)))
      .name.split('.')
      .at(-1)
    const kind = this.#byte(address + 23) & 31
    if (kind !== KIND.struct || !(this.#byte(address + 20) & UNCOMMON)) return short ?? ''
    return `${this.#readName(this.#base + this.#file.readInt32LE(this.#at(address + STRUCT_SIZE))).name}.${short}`
  }

  #type(address: number): GoType {
    const name = this.#nameOf(address)
    switch (this.#byte(address + 23) & 31) {
      case KIND.struct:
        return { kind: 'struct', name, fields: this.#fields(address) }
      case KIND.pointer:
        return { kind: 'pointer', name, fields: [], element: this.#type(this.#word(address + TYPE_SIZE)) }
      case KIND.slice:
        return { kind: 'slice', name, fields: [], element: this.#type(this.#word(address + TYPE_SIZE)) }
      case KIND.map:
        return { kind: 'map', name, fields: [], element: this.#type(this.#word(address + TYPE_SIZE + 8)) }
      case KIND.string:
        return { kind: 'string', name, fields: [] }
      case KIND.bool:
        return { kind: 'bool', name, fields: [] }
      case KIND.float64:
        return { kind: 'float64', name, fields: [] }
      case KIND.uint8:
        return { kind: 'uint8', name, fields: [] }
      default:
        return { kind: 'integer', name, fields: [] }
    }
  }

  /** Lazily, for types may contain themselves. */
  #fields(address: number): GoField[] {
    const start = this.#word(address + 56)
    return Array.from({ length: this.#word(address + 64) }, (_, index) => {
      const read = (at: number): GoType => this.#type(at)
      const type = this.#word(start + index * 24 + 8)
      return { ...this.#readName(this.#word(start + index * 24)), get type() { return read(type) } } // prettier-ignore
    })
  }

  /** A byte of flags, then a length and a text; the same again for a tag. */
  #readName(address: number): { name: string; tag: string } {
    const start = this.#at(address)
    const [length, after] = this.#varint(start + 1)
    const name = this.#file.toString('utf8', after, after + length)
    if (!((this.#file[start] ?? 0) & 2)) return { name, tag: '' }
    const [tagLength, tagStart] = this.#varint(after + length)
    return { name, tag: this.#file.toString('utf8', tagStart, tagStart + tagLength) }
  }

  #varint(offset: number): [number, number] {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#file[offset++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) break
    }
    return [value, offset]
  }

  #at(address: number): number {
    return address - this.#data.address + this.#data.offset
  }

  #holds(address: number, length: number): boolean {
    return address >= this.#data.address && address + length <= this.#data.address + this.#data.size
  }

  #byte(address: number): number {
    return this.#file[this.#at(address)] ?? 0
  }

  #word(address: number): number {
    return this.#file.readUInt32LE(this.#at(address)) + this.#file.readUInt32LE(this.#at(address) + 4) * 2 ** 32
  }
}

/** See elf(5). */
function sectionOf(file: Buffer, wanted: string): Section {
  const headers = Number(file.readBigUInt64LE(0x28))
  const [size, count, names] = [file.readUInt16LE(0x3a), file.readUInt16LE(0x3c), file.readUInt16LE(0x3e)]
  const field = (index: number, at: number): number => Number(file.readBigUInt64LE(headers + index * size + at))
  const strings = field(names, 0x18)
  for (let index = 0; index < count; index++) {
    const start = strings + file.readUInt32LE(headers + index * size)
    if (file.toString('latin1', start, file.indexOf(0, start)) !== wanted) continue
    return { address: field(index, 0x10), offset: field(index, 0x18), size: field(index, 0x20) }
  }
  throw new Error(`no section ${wanted}`)
}
