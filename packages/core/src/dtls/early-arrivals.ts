import type { DtlsRecordView } from '@prism/protocol';

/** Encrypted records that are kept until there are keys; a flight that loses some comes again. */
const EARLY_RECORD_COUNT_MAX = 8;
/** Most of a record that is kept: what a datagram has room for, and some. */
const EARLY_RECORD_BYTES_MAX = 2_048;
/** Application data that is kept until the peer's Finished is verified. */
const EARLY_DATA_COUNT_MAX = 32;
/** Bytes of it. */
const EARLY_DATA_BYTES_MAX = 32_768;

/** What came before its time: the network changes the order of datagrams, and a client may send before it is done. */
export class EarlyArrivals {
  #records: DtlsRecordView[] = [];
  #data: Uint8Array[] = [];
  #dataBytes = 0;
  #droppedRecordCount = 0;
  #droppedDataCount = 0;

  /** Records for which there was no room. */
  get droppedRecordCount(): number {
    return this.#droppedRecordCount;
  }

  /** Application data for which there was no room. */
  get droppedDataCount(): number {
    return this.#droppedDataCount;
  }

  /** Keeps a copy of a record that can't be opened yet. */
  keepRecord(record: DtlsRecordView): void {
    const isTooMuch =
      this.#records.length >= EARLY_RECORD_COUNT_MAX ||
      record.fragment.length > EARLY_RECORD_BYTES_MAX;
    if (isTooMuch) this.#droppedRecordCount += 1;
    else this.#records.push({ ...record, fragment: record.fragment.slice() });
  }

  takeRecords(): readonly DtlsRecordView[] {
    const records = this.#records;
    if (records.length > 0) this.#records = [];
    return records;
  }

  keepData(bytes: Uint8Array): void {
    const isTooMuch =
      this.#data.length >= EARLY_DATA_COUNT_MAX ||
      this.#dataBytes + bytes.length > EARLY_DATA_BYTES_MAX;
    if (isTooMuch) {
      this.#droppedDataCount += 1;
      return;
    }
    this.#data.push(bytes);
    this.#dataBytes += bytes.length;
  }

  takeData(): readonly Uint8Array[] {
    const data = this.#data;
    this.#data = [];
    this.#dataBytes = 0;
    return data;
  }

  clear(): void {
    this.#records = [];
    this.takeData();
  }
}
