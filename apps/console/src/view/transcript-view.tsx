import { type Transcript, visibleEntries } from '@prism/client';
import { useEffect, useRef } from 'react';
import { MessageRow } from './message-row.tsx';
import { ToolCallRow } from './tool-call-row.tsx';

const NEAR_END_PIXELS = 96;

/** The conversation as text; it follows its end unless the reader scrolled up. */
export function TranscriptView({ transcript }: { readonly transcript: Transcript }) {
  const list = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  useEffect(() => {
    const box = list.current;
    if (box !== null && isFollowing.current) box.scrollTop = box.scrollHeight;
  }, [transcript]);
  const entries = visibleEntries(transcript);
  return (
    <div
      className="transcript"
      ref={list}
      role="log"
      aria-live="polite"
      aria-label="Transcript"
      // Keyboards can scroll only what can take the focus.
      tabIndex={0}
      onScroll={({ currentTarget: box }) => {
        isFollowing.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PIXELS;
      }}
    >
      {entries.length === 0 ? (
        <p className="transcript-empty">What you and the agent say appears here.</p>
      ) : (
        <ol>
          {entries.map((entry) =>
            entry.type === 'message' ? (
              <MessageRow key={entry.itemId} entry={entry} />
            ) : (
              <ToolCallRow key={entry.itemId} entry={entry} />
            ),
          )}
        </ol>
      )}
    </div>
  );
}
