/** A field above a long list, and how much of the list is left. */
interface FilterBoxProps {
  label: string;
  query: string;
  shown: number;
  total: number;
  onChange: (query: string) => void;
}

/** Filters as one types. */
export function FilterBox({ label, query, shown, total, onChange }: FilterBoxProps) {
  return (
    <div className="filter-box">
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={query}
        onChange={(event) => onChange(event.target.value)}
      />
      <span role="status">{shown === total ? total : `${shown} of ${total}`}</span>
    </div>
  );
}
