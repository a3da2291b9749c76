import type { GoField, GoProgram, GoType } from './go-program.ts'

/**
 * `[JSON name, type]`, or with a third member, true, when a zero is said aloud: pointers, and fields without omitempty.
 * A type is a scalar (`string`, `integer`, `bool`, `float`, `bytes`) or the name of a message; `[]` before it is a list,
 * `{}` a map. The name is empty when the message's fields lie directly in the object.
 */
export type Field = readonly [name: string, type: string, keepsZero?: true]
export type Messages = Record<string, Record<string, Field>>

/** The messages that `roots` are made of. */
export function messagesOf(program: GoProgram, roots: readonly string[]): Messages {
  const found: Messages = {}
  const add = (name: string): void => {
    if (found[name]) return
    const struct = program.struct(name)
    if (!struct) return
    const fields: Record<string, Field> = (found[name] = {})
    for (const field of struct.fields) {
      const number = /protobuf:"[a-z0-9]+,(\d+),/.exec(field.tag)?.[1]
      if (!number) continue
      fields[number] = fieldOf(field)
      const message = messageIn(field.type)
      if (message) add(message)
    }
  }
  roots.forEach(add)
  return found
}

function fieldOf({ tag, type }: GoField): Field {
  const [name = '', ...options] = (/json:"([^"]*)"/.exec(tag)?.[1] ?? '').split(',')
  const text = typeText(type)
  const inline = options.includes('inline') || name === ''
  const keeps = type.kind === 'pointer' || (!options.includes('omitempty') && !options.includes('omitzero'))
  return keeps && !inline ? [name, text, true] : [inline ? '' : name, text]
}

function typeText({ kind, element, name }: GoType): string {
  switch (kind) {
    case 'pointer':
      return typeText(element as GoType)
    case 'slice':
      return element?.kind === 'uint8' ? 'bytes' : `[]${typeText(element as GoType)}`
    case 'map':
      return `{}${typeText(element as GoType)}`
    case 'struct':
      return name
    case 'float64':
      return 'float'
    case 'uint8':
      return 'integer'
    default:
      return kind
  }
}

const messageIn = ({ kind, element, name }: GoType): string | undefined =>
  kind === 'struct' ? name : element && messageIn(element)
